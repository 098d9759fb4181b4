import type { ComponentChildren } from 'preact';
import { Dialog } from '../ui/dialog.js';
import type { Action } from './use-action.js';

interface ActionFormProps {
  title: string;
  submit: string;
  action: Action;
  /** What cannot be taken back looks like it. */
  dangerous?: boolean;
  disabled?: boolean;
  wide?: boolean;
  onSubmit(): void;
  onClose(): void;
  children: ComponentChildren;
}

export function ActionForm(props: ActionFormProps) {
  const {
    title,
    submit,
    action,
    dangerous = false,
    disabled = false,
    wide = false,
    onSubmit,
    onClose,
  } = props;
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!disabled && !action.busy) onSubmit();
        }}
      >
        {props.children}
        {action.error !== null && (
          <p class="wrong" role="alert">
            {action.error}
          </p>
        )}
        <div class="choices">
          <button
            type="submit"
            class={dangerous ? 'button danger' : 'button primary'}
            disabled={disabled || action.busy}
          >
            {action.busy ? 'One moment…' : submit}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
