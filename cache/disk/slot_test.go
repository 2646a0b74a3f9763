package disk

import (
	"testing"
)

// FuzzSlots hands the index slots whose sums are right, whatever else they say: it ends up
// with entries that share nothing, and every unit and slot is accounted for.
func FuzzSlots(f *testing.F) {
	entry := slot{id: 5, content: 5, runs: [2]run{{1, 2}, {9, 1}}, head: 100}
	chained := slot{id: 6, content: 5, runs: [2]run{{3, 1}, {4, 1}}, head: 100, more: 3}
	one, two, three := entry.entryBytes(1), chained.entryBytes(2), moreBytes(3, 6, 0, []run{{12, 3}})
	f.Add(append(append(one[:], two[:]...), three[:]...))
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
		used, slots := uint32(0), x.entries+len(x.spare)
		for n := x.queues[queueMain].oldest; n != 0; n = x.at(n).newer {
			used += x.size(n)
			if m := x.more[n]; m != nil {
				slots += len(m.slots)
			}
			if x.find(x.at(n).key) != n {
				t.Errorf("the entry in slot %d is not found", n)
			}
		}
		if used != total-x.units.free || slots != int(count) {
			t.Errorf("entries have %d units of %d, and there are %d slots of %d", used, total-x.units.free, slots, count)
		}
		for x.entries > 0 {
			x.remove(x.victim(func(*slot) bool { return false }))
		}
		if x.units.free != total || len(x.spare) != int(count) {
			t.Errorf("of %d units %d are free at the end, of %d slots %d", total, x.units.free, count, len(x.spare))
		}
	})
}
