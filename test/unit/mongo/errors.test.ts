import { MongoBulkWriteError, MongoNetworkError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { isWorthRetrying, toParleyError } from '../../../src/stores/mongo/driver/errors.js';

describe('an error of the socket that the driver lets through', () => {
  it.each([
    ['This socket has been ended by the other party', 'EPIPE'],
    ['read ECONNRESET', 'ECONNRESET'],
    ['Cannot call write after a stream was destroyed', 'ERR_STREAM_DESTROYED'],
  ])('is a network error (%s): tried again, and STORE_UNAVAILABLE where it goes on', (message, code) => {
    const error = Object.assign(new Error(message), { code });
    expect(isWorthRetrying(error)).toBe(true);
    expect(toParleyError(error)).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: error });
  });

  it('is told from a defect', () => {
    const defect = Object.assign(new TypeError('x is not a function'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(isWorthRetrying(defect)).toBe(false);
    expect(toParleyError(defect)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('a connection that breaks in a bulk write', () => {
  it('is a network error, however the driver wraps it', () => {
    const broken = new MongoNetworkError('connection 7 to 127.0.0.1:27017 closed');
    const error = new MongoBulkWriteError(broken, {} as never);
    expect(isWorthRetrying(error)).toBe(true);
    expect(toParleyError(error)).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: broken });
  });
});
