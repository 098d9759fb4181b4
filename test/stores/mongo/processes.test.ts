import { expect, it } from 'vitest';
import { appendFromEachServer } from '../../support/chaos/append-from-each.js';
import { deployOnMongo } from '../../support/chaos/databases.js';

const EACH = 250;

it(`two servers that append ${EACH} messages each to one agent number them without gap or repeat`, {
  timeout: 60_000,
}, async () => {
  await using deployed = await deployOnMongo(2);
  const { acknowledged, stored } = await appendFromEachServer(deployed.fleet, EACH);
  const numbers = Array.from({ length: 2 * EACH }, (_, index) => index);
  acknowledged.sort((a, b) => a.position - b.position);
  expect(acknowledged.map(({ messageId }) => messageId)).toEqual(numbers);
  expect(stored).toEqual(acknowledged);
});
