import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';

/** How long the keys of the provider are believed: one that it has withdrawn opens nothing after that. */
const KEYS_MS = 600_000;
/** Older ones are read again beside the requests: a provider that is away for a moment keeps nobody out. */
const FRESH_MS = 300_000;
/** Between two readings, however many unknown keys are named. */
const REST_MS = 30_000;
/** After one that failed. */
const REST_OF_FAILURE_MS = 1_000;
/** Some thousand keys. */
const MOST_BYTES = 1024 * 1024;

/**
 * The keys that a provider publishes. Rejects with jose's errors where the token is at fault, else where they cannot be read. jose alone
 * goes by the clock, and would believe in old keys for as long as it was set back; it asks a provider that is away anew for each token,
 * and reads whatever is answered, however long.
 */
export function remoteKeys(
  url: string,
  {
    elapsed,
    onFailure,
    fetch: get = fetch,
  }: {
    elapsed: () => number;
    /** Told of what failed beside the requests. */
    onFailure: (error: unknown) => void;
    fetch?: FetchImplementation;
  },
): JWTVerifyGetKey {
  const never = Number.POSITIVE_INFINITY;
  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: never,
    cooldownDuration: never,
    [customFetch]: bounded(get),
  });
  let readAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: { error: unknown } | null = null;
  let reading: Promise<void> | null = null;

  async function read(): Promise<void> {
    triedAt = elapsed();
    try {
      await remote.reload();
      readAt = elapsed();
      failure = null;
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      reading = null;
    }
  }

  const rests = () => elapsed() - triedAt < (failure ? REST_OF_FAILURE_MS : REST_MS);

  /** Those who ask at once share one reading; soon after one that failed they share its failure. */
  function again(): Promise<void> {
    if (!reading && failure && rests()) return Promise.reject(failure.error);
    reading ??= read();
    return reading;
  }

  return async (...of) => {
    const age = elapsed() - readAt;
    if (age >= KEYS_MS) await again();
    else if (age >= FRESH_MS && !reading && !rests()) again().catch(onFailure);
    try {
      return await remote(...of);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || (!failure && !reading && rests())) throw error;
      await again();
      return remote(...of);
    }
  };
}

const bounded =
  (get: FetchImplementation): FetchImplementation =>
  async (url, options) => {
    const response = await get(url, options);
    if (response.status !== 200) await response.body?.cancel();
    if (response.status !== 200 || response.body === null) return response;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw new Error(`The keys of the provider take more than ${MOST_BYTES} bytes.`);
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks));
  };
