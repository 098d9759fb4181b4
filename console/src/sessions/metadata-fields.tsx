import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../store.js';
import { type FilterFormProps, readValue, withCondition } from './filter-model.js';
import { learnFromNewest, seenMetadata } from './seen-metadata.js';

const TESTS = {
  eq: 'is',
  gte: 'is at least',
  lte: 'is at most',
  gt: 'is more than',
  lt: 'is less than',
} as const;
const BARE_TESTS = { exists: 'is there', missing: 'is missing', isNull: 'is null' } as const;
type Test = keyof typeof TESTS | keyof typeof BARE_TESTS;

/** A condition on metadata, with what is there as suggestions. */
export function MetadataFields({ filter, apply }: FilterFormProps) {
  const seen = useStore(seenMetadata);
  useEffect(() => void learnFromNewest(), []);
  const [path, setPath] = useState('');
  const [test, setTest] = useState<Test>('eq');
  const [value, setValue] = useState('');
  const submit = () => {
    if (path === '') return;
    const asked =
      test === 'exists' || test === 'missing'
        ? { exists: test === 'exists' }
        : test === 'isNull'
          ? { isNull: true }
          : { [test]: readValue(value) };
    apply(withCondition(filter, { path, ...asked }));
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label class="field">
        <span>Path</span>
        <input
          value={path}
          list="metadata-paths"
          placeholder="user.id"
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </label>
      <datalist id="metadata-paths">
        {[...seen.keys()].sort().map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <label class="field">
        <span>Test</span>
        <select value={test} onChange={(event) => setTest(event.currentTarget.value as Test)}>
          {Object.entries({ ...TESTS, ...BARE_TESTS }).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {Object.hasOwn(TESTS, test) && (
        <label class="field">
          <span>Value</span>
          <input
            value={value}
            list="metadata-values"
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
      )}
      <datalist id="metadata-values">
        {[...(seen.get(path) ?? [])].sort().map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <button type="submit" class="button primary">
        Apply
      </button>
    </form>
  );
}
