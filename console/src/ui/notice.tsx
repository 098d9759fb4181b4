import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/ask.js';
import { Icon, type IconName } from './icon.js';

interface NoticeProps {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  action?: { label: string; run(): void };
}

/** What stands where nothing can be shown: why, and what to do. */
export function Notice({ icon, title, children, action }: NoticeProps) {
  return (
    <div class="notice">
      {icon && <Icon name={icon} />}
      <h2>{title}</h2>
      {children && <div class="notice-text">{children}</div>}
      {action && (
        <button type="button" class="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry(): void }) {
  const title =
    error.code === 'FORBIDDEN' ? 'Your credential does not reach this' : 'This could not be loaded';
  return (
    <Notice icon="warning" title={title} action={{ label: 'Try again', run: retry }}>
      <p>{error.message}</p>
      <p class="faint">
        <code>{error.code}</code>
      </p>
    </Notice>
  );
}
