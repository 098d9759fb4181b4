import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { type Config, ConfigError } from './config.js';
import { loadTrustedDocuments, type Trust } from './graphql/checks/trusted-documents.js';

/** ConfigError where the file is no manifest. */
export async function trustedDocuments(path: string): Promise<Trust> {
  try {
    return await loadTrustedDocuments(path);
  } catch (error) {
    const expected = `the manifest cannot be read: ${(error as Error).message}`;
    throw new ConfigError([{ name: 'OPERATIONS', value: JSON.stringify(path), expected }]);
  }
}

/** Certificate and key in PEM; null where there are none. ConfigError where they cannot be used. */
export async function tlsFiles({ tlsCert, tlsKey }: Config): Promise<{ cert: Buffer; key: Buffer } | null> {
  if (tlsCert === null || tlsKey === null) return null;
  try {
    const [cert, key] = await Promise.all([readFile(tlsCert), readFile(tlsKey)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    const expected = `it cannot be used with TLS_KEY: ${(error as Error).message}`;
    throw new ConfigError([{ name: 'TLS_CERT', value: JSON.stringify(tlsCert), expected }]);
  }
}
