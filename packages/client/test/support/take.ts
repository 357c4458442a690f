/** Reads so many items, and leaves the subscription open. */
export async function take<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await items.next();
    if (done === true) throw new Error(`The subscription ended after ${taken.length} of ${count} items`);
    taken.push(value);
  }
  return taken;
}
