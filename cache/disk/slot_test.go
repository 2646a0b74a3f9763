package disk

import (
	"testing"
)

// entered are the slots of all entries, by the queues that they are in.
func (x *index) entered(yield func(uint32) bool) {
	for _, h := range x.shares {
		for _, q := range h.queues {
			for n := q.oldest; n != 0; n = x.at(n).newer {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// FuzzSlots hands the index slots whose sums are right, whatever else they say: it ends up
// with entries that share nothing, and every unit and slot is accounted for.
func FuzzSlots(f *testing.F) {
	entry := slot{id: 5, content: 5, runs: [2]run{{1, 2}, {9, 1}}, head: 100}
	chained := slot{id: 6, content: 5, runs: [2]run{{3, 1}, {4, 1}}, head: 100, more: 3}
	one, two, three := entry.entryBytes(1), chained.entryBytes(2), moreBytes(3, 6, 0, []run{{12, 3}})
	f.Add(append(append(one[:], two[:]...), three[:]...))
	empty := slot{id: 7}
	nothing := empty.entryBytes(1)
	f.Add(nothing[:])
	f.Fuzz(func(t *testing.T, data []byte) {
		const total = 100
		x := newIndex(total)
		count := uint32(min(len(data)/slotBytes, total))
		x.extend(count + 1)
		lists := map[uint32][]run{}
		for n := uint32(1); n <= count; n++ {
			b := sealSlot([slotBytes]byte(data[(n-1)*slotBytes:]), n)
			found := parseSlot(&b, n)
			*x.at(n) = found.slot
			if found.kind == slotMore {
				lists[n] = found.list
			}
		}
		x.adopt(lists)
		used, shared, slots := uint32(0), uint32(0), x.entries+len(x.spare)
		for _, h := range x.shares {
			shared += h.units
		}
		for n := range x.entered {
			used += x.size(n)
			if m := x.more[n]; m != nil {
				slots += len(m.slots)
			}
			if x.find(x.at(n).key) != n {
				t.Errorf("the entry in slot %d is not found", n)
			}
		}
		if used != total-x.units.free || shared != used || slots != int(count) {
			t.Errorf("entries have %d units, and apps %d, of %d, and there are %d slots of %d", used, shared, total-x.units.free, slots, count)
		}
		for x.entries > 0 {
			x.remove(x.victim(0))
		}
		if x.units.free != total || len(x.shares) > 0 || len(x.spare) != int(count) {
			t.Errorf("of %d units %d are free at the end, of %d slots %d", total, x.units.free, count, len(x.spare))
		}
	})
}
