package cache

// Waiting is how many calls wait for a computation.
func (c *Computation) Waiting() int {
	cs := &c.values.cache.computations
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return c.waiting
}
