import type { ComponentChildren } from 'preact';
import { Popover } from './popover.js';

export interface Choice {
  label: string;
  run(): void;
}

interface MenuProps {
  label: ComponentChildren;
  /** Read in place of the label. */
  name?: string;
  class?: string;
  /** What cannot be chosen is left out. */
  choices: readonly (Choice | false)[];
}

/** A button with things to do below it. */
export function Menu({ label, name, class: className, choices }: MenuProps) {
  return (
    <Popover
      label={label}
      {...(name === undefined ? {} : { name })}
      {...(className === undefined ? {} : { class: className })}
    >
      {(close) => (
        <ul class="menu">
          {choices
            .filter((choice) => choice !== false)
            .map((choice) => (
              <li key={choice.label}>
                <button
                  type="button"
                  onClick={() => {
                    close();
                    choice.run();
                  }}
                >
                  {choice.label}
                </button>
              </li>
            ))}
        </ul>
      )}
    </Popover>
  );
}
