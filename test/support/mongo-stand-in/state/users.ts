import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** What a built-in role lets its user do: on the databases of applications, or to see how the server is. */
export type Role = 'read' | 'readWrite' | 'clusterMonitor';

export interface User {
  name: string;
  password: string;
  roles: readonly Role[];
  /** Actions that its roles would give and that it does not have, as `changeStream`. */
  without?: readonly string[];
}

/** An exchange by which a client proves that it knows a password, without it being sent. */
export interface Proof {
  user: User;
  /** What the first answer says. */
  challenge: string;
  /** The last answer, where the proof is right; else undefined. */
  check(final: string): string | undefined;
}

/** Few, so that tests need not wait: the least that drivers take. */
const ITERATIONS = 4096;

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();
const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** The server's side of SCRAM-SHA-256 (RFC 5802 and 7677), from the first message of the client. */
export function beginProof(users: readonly User[], first: string): Proof | undefined {
  // "n,," says that the channel binds nothing.
  const bare = first.slice(3);
  const said = fields(bare);
  const name = said.get('n')?.replaceAll('=2C', ',').replaceAll('=3D', '=');
  const user = users.find((one) => one.name === name);
  if (!user) return undefined;
  const nonce = `${said.get('r')}${randomBytes(18).toString('base64')}`;
  const salt = randomBytes(28);
  const challenge = `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`;
  return {
    user,
    challenge,
    check(final) {
      const answer = fields(final);
      const salted = pbkdf2Sync(user.password, salt, ITERATIONS, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const signed = `${bare},${challenge},c=biws,r=${nonce}`;
      const signature = hmac(sha256(clientKey), signed);
      const proof = Buffer.from(clientKey.map((byte, n) => byte ^ (signature[n] as number)));
      if (answer.get('r') !== nonce || answer.get('p') !== proof.toString('base64')) return undefined;
      return `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`;
    },
  };
}

const fields = (text: string) =>
  new Map(text.split(',').map((part): [string, string] => [part.slice(0, 1), part.slice(2)]));
