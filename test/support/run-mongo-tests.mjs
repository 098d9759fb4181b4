// `npm run test:mongo`: the MongoDB suites on a real server. Fails where none can be had.
import { spawnSync } from 'node:child_process';

function runSuites(uri) {
  const { status } = spawnSync('npx', ['vitest', 'run', 'test/stores/mongo'], {
    stdio: 'inherit',
    env: { ...process.env, MONGODB_TEST_URI: uri },
  });
  return status ?? 1;
}

async function runOnMemoryServer(count) {
  const { MongoMemoryReplSet } = await import('mongodb-memory-server');
  const set = await MongoMemoryReplSet.create({ replSet: { count, storageEngine: 'wiredTiger' } });
  console.log(`MongoDB tests run on ${count === 1 ? 'a single node' : `${count} nodes`}`);
  try {
    return runSuites(set.getUri());
  } finally {
    await set.stop();
  }
}

if (process.env.MONGODB_TEST_URI) {
  process.exitCode = runSuites(process.env.MONGODB_TEST_URI);
} else {
  try {
    process.exitCode = (await runOnMemoryServer(1)) || (await runOnMemoryServer(3));
  } catch (error) {
    console.error(
      `test:mongo needs a MongoDB: set MONGODB_TEST_URI, or MONGOMS_SYSTEM_BINARY to a mongod, or let mongodb-memory-server download one. ${error.message.split('\n')[0]}`,
    );
    process.exitCode = 1;
  }
}
