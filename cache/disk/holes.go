package disk

import "math/bits"

// back notes that the file system has room for units.
func (u *units) back(r run) {
	for n := r.start; n < r.start+r.count; n++ {
		if bit := uint64(1) << (n % wordUnits); u.backed[n/wordUnits]&bit == 0 {
			u.backed[n/wordUnits] |= bit
			u.behind++
		}
	}
}

// maxHoles bounds the units that are made holes of at once.
const maxHoles = 64 << 20 / unit

// surplus takes free units that the file system has to have back, as all files together
// would be too large otherwise. dry follows when it has them.
func (u *units) surplus() (runs []run) {
	wanted := int64(u.behind) + int64(u.alone) - int64(u.total)
	wanted = min(wanted, maxHoles)
	for range u.backed {
		if wanted <= 0 {
			break
		}
		if u.hole++; u.hole >= len(u.backed) {
			u.hole = 0
		}
		for word := u.backed[u.hole] &^ u.used[u.hole]; word != 0; {
			first := bits.TrailingZeros64(word)
			count := min(int64(bits.TrailingZeros64(^(word >> first))), wanted)
			if count == 0 {
				break
			}
			r := run{uint32(u.hole*wordUnits + first), uint32(count)}
			u.set(r, true)
			runs, wanted = joined(runs, r), wanted-count
			word = u.backed[u.hole] &^ u.used[u.hole]
		}
	}
	return runs
}

// dry gives back units that surplus has taken; those of made have become holes.
func (u *units) dry(runs []run, made int) {
	for i, r := range runs {
		u.set(r, false)
		if i < made {
			for n := r.start; n < r.start+r.count; n++ {
				u.backed[n/wordUnits] &^= 1 << (n % wordUnits)
			}
			u.behind -= r.count
		}
	}
}
