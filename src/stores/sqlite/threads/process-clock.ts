/**
 * In ms, for how long something takes: the same in all threads of the process (`process.hrtime` is the system's monotonic clock, where
 * `performance.now` begins with each thread), and it goes on where the time of day is set.
 */
export const processClock = (): number => Number(process.hrtime.bigint()) / 1e6;
