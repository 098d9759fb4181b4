import { describe, expect, it } from 'vitest';
import { createGrowingLine } from '../../src/cli/growing-line.js';

function stage() {
  let output = '';
  const line = createGrowingLine((text) => {
    output += text;
  });
  return { line, output: () => output };
}

describe('the line of a reply that grows', () => {
  it('grows, block after block, and ends where it says what the message says', () => {
    const { line, output } = stage();
    line.begin('r', 'a:', 'Hel');
    line.grow('r', 1, 'lo');
    line.grow('r', 3, 'world');
    expect(line.end('r', 'Hello\nworld')).toBe(true);
    expect(output()).toBe('a: Hello\\nworld\n');
  });

  it('lets another reply wait, and shows it from its beginning when the first is over', () => {
    const { line, output } = stage();
    line.begin('first', 'a:', 'one');
    line.begin('second', 'b:', 'tw');
    line.grow('second', 0, 'o');
    expect(line.end('first', 'one')).toBe(true);
    expect(line.end('second', 'two')).toBe(true);
    expect(output()).toBe('a: one\nb: two\n');
  });

  it('leaves what was interrupted, and says that the message is not shown', () => {
    const { line, output } = stage();
    line.begin('r', 'a:', 'one');
    line.interrupt();
    line.grow('r', 0, ' more');
    expect(line.end('r', 'one more')).toBe(false);
    expect(output()).toBe('a: one …\n');
  });
});
