/** The size of the long form. */
export const LARGE = {
  writers: 20,
  sessions: 8,
  agents: 5,
  subscribers: 100,
  writesBetween: [5, 120],
  restMs: 400,
  stayMs: 6_000,
  boundMs: 15_000,
  limitMs: 500_000,
} as const;
