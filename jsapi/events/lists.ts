// Lists which somebody may be walking while they change.

/** The list without the first occurrence of an item: a new one, or the same if the item is not in it. */
export function without<T>(list: T[], item: T): T[] {
  let index = 0;
  while (index < list.length && list[index] !== item) index++;
  if (index === list.length) return list;
  const rest: T[] = [];
  for (let i = 0; i < list.length; i++) {
    if (i !== index) rest[rest.length] = list[i]!;
  }
  return rest;
}
