export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { DatabaseOptions, MongoNames } from '../../library/database.js';
export type { Place } from '../place.js';
export { createStrandsStorage, type StrandsStorage, type StrandsStorageOptions } from './storage.js';
