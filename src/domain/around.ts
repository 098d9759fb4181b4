/** A method, as what stands around it sees it. */
export type Call = (...given: unknown[]) => Promise<unknown>;

/** The same with `wrap` around each of its methods, which need no `this`. */
export function around<T extends object>(target: T, wrap: (call: Call, name: keyof T) => Call): T {
  const wrapped = Object.entries(target).map(([name, call]) => [name, wrap(call, name as keyof T)]);
  return Object.fromEntries(wrapped) as T;
}
