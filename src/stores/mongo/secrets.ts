import { randomBytes } from 'node:crypto';
import { Binary, type MongoClient } from 'mongodb';
import type { SecretStore } from '../../domain/access/secret-store.js';
import { DURABLE, READING, WRITING } from './driver/collection.js';
import { isDuplicateKey, toParleyError, unavailable } from './driver/errors.js';
import { retrying } from './driver/retry.js';

const BYTES = 32;

interface SecretDoc {
  _id: string;
  secret: Binary;
  created_at: Date;
}

/** `parley_secrets`, one document for each name: whichever instance inserts it first has made it for all. */
export function createSecretStore(client: MongoClient, database: string): SecretStore {
  const secrets = client.db(database).collection<SecretDoc>('parley_secrets', DURABLE);
  const find = (name: string) => secrets.findOne({ _id: name }, READING);
  const make = async (name: string) => {
    const document = { _id: name, secret: new Binary(randomBytes(BYTES)), created_at: new Date() };
    await secrets.insertOne(document, WRITING).catch((error: unknown) => {
      // Another instance was first: its secret is the one.
      if (!isDuplicateKey(error)) throw error;
    });
  };
  return {
    async secret(name) {
      try {
        return await retrying(async () => {
          let found = await find(name);
          if (!found) {
            await make(name);
            found = await find(name);
          }
          if (!found)
            throw unavailable(`The secret ${JSON.stringify(name)} cannot be read from parley_secrets.`);
          return Uint8Array.from(found.secret.value());
        });
      } catch (error) {
        throw toParleyError(error);
      }
    },
  };
}
