package telemetry

// CacheWords is the table of how requests go through the cache.
func CacheWords() []Word {
	return []Word{
		{"hit", "What is stored was fresh."},
		{"hit-stale", "What is stored was stale, and is used while it is revalidated, or because the client takes it so."},
		{"stale-error", "What is stored was stale, and was used because the origin failed."},
		{"collapsed", "The answer is that to another request, which was on its way already."},
		{"revalidated", "The origin says that what is stored is right still."},
		{"miss", "Nothing is stored."},
		{"miss-vary", "Nothing is stored for a request with these fields."},
		{"miss-partial", "Another part is stored than the one that was asked for."},
		{"expired", "What is stored was stale, and the origin gave another answer."},
		{"purged", "What is stored was purged."},
		{"request", "The client wants an answer from the origin."},
		{"pass", "The request is not for caching: its method, a condition, who it says it is, or what it asks for besides the URL."},
		{"hit-for-miss", "The answer before could not be stored, so nobody waited for this one."},
		{"only-if-cached", "The client wants what is stored and nothing else, and nothing can be used."},
	}
}
