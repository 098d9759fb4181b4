import { ParleyError } from '../../../domain/errors.js';

/** Why a server gives no change streams, with what makes it give them. */
const REASONS = {
  standalone:
    'MongoDB runs as a standalone server, which has no change streams: reads and writes work, subscriptions do not. Start mongod with --replSet rs0 and run rs.initiate() once in mongosh.',
  uninitiated:
    'The MongoDB replica set was never initiated: nothing works until it is. Run rs.initiate() once in mongosh.',
  rights:
    'The database user may not open change streams: reads and writes work, subscriptions do not. Grant it the built-in role read on the database, or a role with the actions find and changeStream on the collection: db.grantRolesToUser("<user>", [{role: "read", db: "<database>"}]).',
  unsupported:
    'This server speaks the MongoDB protocol but has no change streams as Parley needs them: reads and writes work, subscriptions do not. On Amazon DocumentDB enable them with db.adminCommand({modifyChangeStreams: 1, database: "<database>", collection: "<collection>", enable: true}).',
} as const;

export type LiveObstacle = keyof typeof REASONS;

export const liveUnavailable = (obstacle: LiveObstacle, cause?: unknown): ParleyError =>
  new ParleyError('LIVE_UNAVAILABLE', REASONS[obstacle], cause === undefined ? {} : { cause });
