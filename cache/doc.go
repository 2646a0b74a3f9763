// Package cache is a shared cache for HTTP (RFC 9111).
//
// A request passes through phases that have the names that Varnish gave them, and
// each of them ends with a reason: receive (is the cache to be asked at all?), key,
// lookup (hit, miss, or an entry that has to be revalidated), fetch, store, deliver.
// What HTTP says about all this is in httpmsg, as functions of messages; where
// entries are kept is a Store, of which mem is one.
package cache
