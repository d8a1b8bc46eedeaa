// What can be done to a path of hashes. Spec: crypto/key-transparency.md.

/** largest is the largest value of a uint64. */
export const largest = 2n ** 64n - 1n;

/** pathFaults are all ways to change one thing about a path, each with a name. */
export function pathFaults(path: readonly string[]): [name: string, path: string[]][] {
  const places = path.map((_, at) => at);
  const changed = (at: number, ...hashes: string[]) => path.toSpliced(at, 1, ...hashes);
  const of = (at: number) => path[at] ?? "";
  return [
    ...places.map((at) => named(`path-${at}-flipped`, changed(at, flipped(of(at))))),
    ...places.map((at) => named(`path-${at}-dropped`, changed(at))),
    ...places.map((at) => named(`path-${at}-twice`, changed(at, of(at), of(at)))),
    ...places.map((at) => named(`path-${at}-31-bytes`, changed(at, of(at).slice(2)))),
    ...places.map((at) => named(`path-${at}-33-bytes`, changed(at, `${of(at)}00`))),
    ...places
      .slice(1)
      .map((at) => named(`path-${at - 1}-swapped`, path.toSpliced(at - 1, 2, of(at), of(at - 1)))),
    ...(path.length > 1 ? [named("path-empty", [])] : []),
  ];
}

/** flipped inverts the lowest bit of the last byte. */
export function flipped(hex: string): string {
  const last = Number.parseInt(hex.slice(-2), 16) ^ 1;
  return hex.slice(0, -2) + last.toString(16).padStart(2, "0");
}

function named(name: string, path: string[]): [string, string[]] {
  return [name, path];
}
