export { type ErrorCode, ParleyError } from './domain/errors.js';
export {
  createStrandsStorage,
  type StrandsStorage,
  type StrandsStorageOptions,
} from './library/strands-storage.js';
