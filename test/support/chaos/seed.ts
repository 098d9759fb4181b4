/** The seed of this run; CHAOS_SEED repeats one. */
export const chaosSeed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
