/** Reads so many items, and leaves the subscription open. */
export async function take<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const result = await items.next();
    if (result.done === true) throw new Error(`It ended after ${taken.length} of ${count} items`);
    taken.push(result.value);
  }
  return taken;
}
