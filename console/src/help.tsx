import { Dialog } from './ui/dialog.js';

const KEYS = [
  ['/', 'Find a session by its id'],
  ['j  k', 'Next and previous conversation, or message'],
  ['Enter', 'Open the conversation'],
  ['n  p', 'In a conversation: next and previous user message'],
  ['G', 'In a conversation: to its end'],
  ['Esc', 'Back, or close what is open'],
  ['?', 'This list'],
] as const;

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split('  ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
