import { expect, it, onTestFinished } from 'vitest';
import { dateOrNull } from '../../../src/stores/mongo/documents/field-values.js';

const NOON = Date.UTC(2026, 0, 5, 12);

it.each([
  ['2026-01-05T12:00:00Z', NOON],
  ['2026-01-05T13:00:00+01:00', NOON],
  ['2026-01-05T12:00:00.123456', NOON + 123],
  ['2026-01-05 12:00:00', NOON],
  ['2026-01-05', Date.UTC(2026, 0, 5)],
  ['noon', null],
  ['3', null],
  ['2026-13-05T12:00:00', null],
])('the date %j is the same wherever the process runs', (text, time) => {
  const { TZ } = process.env;
  onTestFinished(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  for (const zone of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
    process.env.TZ = zone;
    expect(dateOrNull(text)?.getTime() ?? null).toBe(time);
  }
});
