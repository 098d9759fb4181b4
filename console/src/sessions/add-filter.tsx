import { useState } from 'preact/hooks';
import type { SessionFilter } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { Popover } from '../ui/popover.js';
import type { FilterFormProps } from './filter-model.js';
import { MetadataFields } from './metadata-fields.js';
import { RangeFields } from './range-fields.js';

/** How each kind of condition is asked for. */
const KINDS = {
  metadata: 'Metadata',
  applicationName: 'Application',
  agentIds: 'Agent',
  feedbackRating: 'Rating',
  updatedAt: 'Last activity',
  createdAt: 'Started',
  sessionType: 'Type',
  sessionIdPrefix: 'Beginning of the id',
  json: 'Filter as JSON',
} as const;
type Kind = keyof typeof KINDS;

export function AddFilter({ filter, apply }: FilterFormProps) {
  return (
    <Popover
      label={
        <>
          <Icon name="filter" /> Filter
        </>
      }
    >
      {(close) => (
        <FilterForm
          filter={filter}
          apply={(next) => {
            apply(next);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function FilterForm({ filter, apply }: FilterFormProps) {
  const [kind, setKind] = useState<Kind>('metadata');
  return (
    <div class="form">
      <label class="field">
        <span>Ask for</span>
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
          {Object.entries(KINDS).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {kind === 'metadata' && <MetadataFields filter={filter} apply={apply} />}
      {kind === 'applicationName' && (
        <TextField
          label="Its name; empty: none"
          apply={(name) => apply(applicationFilter(filter, name))}
          empty
        />
      )}
      {kind === 'agentIds' && (
        <TextField
          label="The agent's id"
          apply={(id) => apply({ ...filter, agentIds: [...(filter.agentIds ?? []), id] })}
        />
      )}
      {kind === 'sessionType' && (
        <TextField
          label="The type, such as AGENT"
          apply={(type) => apply({ ...filter, sessionType: type })}
        />
      )}
      {kind === 'sessionIdPrefix' && (
        <TextField
          label="What the id begins with"
          apply={(beginning) => apply({ ...filter, sessionIdPrefix: beginning })}
        />
      )}
      {kind === 'feedbackRating' && <RatingChoice filter={filter} apply={apply} />}
      {(kind === 'updatedAt' || kind === 'createdAt') && (
        <RangeFields key={kind} apply={(range) => apply({ ...filter, [kind]: range })} />
      )}
      {kind === 'json' && <JsonField filter={filter} apply={apply} />}
    </div>
  );
}

function applicationFilter(filter: SessionFilter, name: string): SessionFilter {
  const { applicationName: _name, withoutApplicationName: _without, ...rest } = filter;
  return name === '' ? { ...rest, withoutApplicationName: true } : { ...rest, applicationName: name };
}

function TextField({
  label,
  apply,
  empty = false,
}: {
  label: string;
  apply(text: string): void;
  empty?: boolean;
}) {
  const [text, setText] = useState('');
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (empty || text !== '') apply(text);
      }}
    >
      <label class="field">
        <span>{label}</span>
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        Apply
      </button>
    </form>
  );
}

function RatingChoice({ filter, apply }: FilterFormProps) {
  const { feedbackRating: _rating, withUnratedFeedback: _unrated, ...rest } = filter;
  return (
    <div class="choices">
      <button type="button" class="button" onClick={() => apply({ ...rest, feedbackRating: 'UP' })}>
        <Icon name="up" /> Good
      </button>
      <button type="button" class="button" onClick={() => apply({ ...rest, feedbackRating: 'DOWN' })}>
        <Icon name="down" /> Bad
      </button>
      <button type="button" class="button" onClick={() => apply({ ...rest, withUnratedFeedback: true })}>
        A comment alone
      </button>
    </div>
  );
}

function JsonField({ filter, apply }: FilterFormProps) {
  const [text, setText] = useState(JSON.stringify(filter, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        try {
          apply(JSON.parse(text));
        } catch (error) {
          setWrong((error as Error).message);
        }
      }}
    >
      <label class="field">
        <span>A SessionFilter, with `and`, `or` and `not`</span>
        <textarea
          rows={8}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {wrong !== null && <p class="wrong">This is no JSON: {wrong}</p>}
      <button type="submit" class="button primary">
        Apply
      </button>
    </form>
  );
}
