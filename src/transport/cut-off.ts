import type { Caller } from '../domain/access/policy.js';
import type { ErrorCode } from '../domain/errors.js';

/** Told why a connection ends that its client has not ended, and whose it is: null where no caller is known. */
export type CutOff = (code: ErrorCode, caller: Caller | null, from: string) => void;
