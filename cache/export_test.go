package cache

// Following is how many requests wait for those of others.
func (c *Cache) Following() (n int) {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	for _, f := range c.flights.byKey {
		n += f.users - 1
	}
	return n
}

// Waiting is how many calls wait for a computation.
func (c *Computation) Waiting() int {
	cs := &c.values.cache.computations
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return c.waiting
}
