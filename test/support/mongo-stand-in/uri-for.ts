import type { MongoStandIn } from './stand-in.js';
import type { User } from './state/users.js';

/** The address of the stand-in for this user; null: for nobody. */
export const uriFor = ({ uri }: MongoStandIn, user: Pick<User, 'name' | 'password'> | null): string =>
  user === null
    ? uri
    : uri.replace('//', `//${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`);
