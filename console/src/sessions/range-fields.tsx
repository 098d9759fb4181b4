import { useState } from 'preact/hooks';
import type { DateTimeRange } from '../generated/operations.js';

const HOUR = 3_600_000;
const SPANS = [
  { name: 'Last hour', ms: HOUR },
  { name: 'Last day', ms: 24 * HOUR },
  { name: 'Last week', ms: 7 * 24 * HOUR },
];

/** A span of time: the usual ones at one click, any other by its ends. */
export function RangeFields({ apply }: { apply(range: DateTimeRange): void }) {
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        const range = {
          ...(from === '' ? {} : { gte: new Date(from).toISOString() }),
          ...(until === '' ? {} : { lt: new Date(until).toISOString() }),
        };
        if (Object.keys(range).length > 0) apply(range);
      }}
    >
      <div class="choices">
        {SPANS.map(({ name, ms }) => (
          <button
            type="button"
            key={name}
            class="button"
            onClick={() => apply({ gte: new Date(Date.now() - ms).toISOString() })}
          >
            {name}
          </button>
        ))}
      </div>
      <label class="field">
        <span>From</span>
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Until</span>
        <input type="datetime-local" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        Apply
      </button>
    </form>
  );
}
