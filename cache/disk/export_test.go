package disk

// AwaitSweep waits until content is stored in files of its own, if that can be.
func (s *Store) AwaitSweep() { s.sweeps.Wait() }

// OwnBytes is from which length on content has a file of its own.
const OwnBytes = ownBytes

// MaxKept is how many purges of one app are kept.
const MaxKept = maxKept

// Latest is what is left of a list of purges when the file is made shorter.
var Latest = latest
