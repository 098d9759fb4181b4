import { describe, expect, it, onTestFinished } from 'vitest';
import { aFeedback, aSession } from '../contract/inputs.js';
import { readSession } from '../contract/reads.js';
import { startTestDatabase } from './server.js';

const fields = { $each: [1], $slice: 1 };

describe.skipIf(process.env.MONGODB_TEST_URI)('feedback with fields that are named as operators are', () => {
  const stage = async (dialect: '4.4' | '8.0') => {
    const database = await startTestDatabase({ dialect });
    onTestFinished(() => database.drop());
    const { sessions } = await database.open();
    await sessions.createSession(aSession('s'));
    return sessions;
  };

  it('is kept as it is given from 5.0 on', async () => {
    const store = await stage('8.0');
    await store.addFeedback(aFeedback('s', 'up', { fields }));
    expect((await readSession(store, 's')).feedback).toMatchObject([{ rating: 'up', fields }]);
  });

  it('is refused before that, for what is wrong with it', async () => {
    const store = await stage('4.4');
    await expect(store.addFeedback(aFeedback('s', 'up', { fields }))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('begins with $'),
    });
  });
});
