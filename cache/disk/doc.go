// Package disk is a cache.Store in a folder. It survives restarts and kill -9, and what
// the disk damages is gone, never returned.
//
// The folder has two files that count, and more for what is long. "cache.data" consists of units of 4 KiB, of which
// an entry has as many as it needs, in one run or several. "cache.index" is a table that
// has a slot of 64 bytes for an entry: whose it is and which units it has. Opening a
// folder means reading the table; from then on it is in memory, some 80 to 100 bytes for
// each entry.
//
// Each app has a share, with an order of its own in which its entries go, and whoever has most
// makes room first: so none pushes out what is another's (see share).
//
// An entry begins with its head: metadata, a sum for each block of the content, and the
// content itself if it is short. The rest of the content is in blocks of 64 KiB. A sum
// covers, besides the bytes, whose they are and where they belong, so that what an earlier
// owner left in a unit is not taken for the present one's.
//
// Long content has a file of its own instead, in the folder "cache.large", if the system is
// able to (see Folder.Own) and nothing is encrypted. It is named by the content's ID, written
// once, never written over or shortened, and removed when nobody has the content any more: so
// a connection can be given its pages without a copy, and has them for as long as it takes.
// Its units are counted like all others, and what the file of units does not use is given
// back to the file system as holes, so that all files together keep to the bound. Files that
// a killed process left behind are removed in the background after the next start.
//
// Writing goes content, head, slot. A process that is killed in between leaves units that
// no slot names, which are free. A slot is 64 bytes within a page and replaces what the
// key had before, so there is no moment at which a key has two entries or half of one.
// The system has all of it when Commit returns; the table is brought to the disk within
// a second, so that is how much a power cut may undo.
package disk
