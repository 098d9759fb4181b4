import { useState } from 'preact/hooks';
import { useStore } from '../store.js';
import { Icon } from '../ui/icon.js';
import { Popover } from '../ui/popover.js';
import { COLUMN_CHOICES, columnsOf, metadataColumn } from './columns.js';
import { seenMetadata } from './seen-metadata.js';

interface ChooseColumnsProps {
  columns: readonly string[];
  choose(columns: readonly string[]): void;
}

export function ChooseColumns({ columns, choose }: ChooseColumnsProps) {
  return (
    <Popover
      label={
        <>
          <Icon name="columns" /> Columns
        </>
      }
    >
      {() => <ColumnForm columns={columns} choose={choose} />}
    </Popover>
  );
}

function ColumnForm({ columns, choose }: ChooseColumnsProps) {
  const seen = useStore(seenMetadata);
  const [path, setPath] = useState('');
  const extra = columnsOf(columns).filter(({ id }) => !COLUMN_CHOICES.some((one) => one.id === id));
  const toggle = (id: string) =>
    choose(columns.includes(id) ? columns.filter((one) => one !== id) : [...columns, id]);
  return (
    <div class="form">
      <fieldset class="checks">
        <legend>Columns</legend>
        {[...COLUMN_CHOICES, ...extra].map(({ id, title }) => (
          <label key={id}>
            <input type="checkbox" checked={columns.includes(id)} onChange={() => toggle(id)} />{' '}
            <bdi>{title}</bdi>
          </label>
        ))}
      </fieldset>
      <form
        class="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          // A comma parts the columns of an address.
          if (path !== '' && !path.includes(',') && !columns.includes(metadataColumn(path)))
            toggle(metadataColumn(path));
          setPath('');
        }}
      >
        <label class="field">
          <span>A metadata path</span>
          <input
            value={path}
            list="column-paths"
            placeholder="user.id"
            onInput={(event) => setPath(event.currentTarget.value)}
          />
        </label>
        <datalist id="column-paths">
          {[...seen.keys()].sort().map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="submit" class="button">
          Add
        </button>
      </form>
    </div>
  );
}
