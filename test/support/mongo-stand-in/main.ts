import { startMongoStandIn } from './start.js';

const port = Number(process.env.PORT ?? 0);
const server = await startMongoStandIn({ port, members: Number(process.env.MEMBERS ?? 1) });
console.log(server.uri);

const stop = () => void server.close().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
