package disk

// AwaitSweep waits until content is stored in files of its own, if that can be.
func (s *Store) AwaitSweep() { s.sweeps.Wait() }

// OwnBytes is from which length on content has a file of its own.
const OwnBytes = ownBytes
