/** So many letters of a word may be wrong. */
const MAX_DISTANCE = 3;

/** The word that is most like another one, if one is like it at all. */
export function nearest<T extends string>(word: string, words: readonly T[]): T | undefined {
  const plain = (text: string): string => text.replaceAll(/[-_]/g, "").toLowerCase();
  let best: T | undefined;
  let least = MAX_DISTANCE + 1;
  for (const candidate of words) {
    const distance = distanceOf(plain(word), plain(candidate));
    if (distance >= least || distance * 2 > candidate.length) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** How many letters have to be put in, taken out or changed (Levenshtein's distance). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let other = 1; other <= to.length; other++) {
      const changed = (row[other - 1] as number) + (from[at - 1] === to[other - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[other] as number) + 1, (next[other - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
