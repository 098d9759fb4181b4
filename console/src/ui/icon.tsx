/** Strokes on a 16 by 16 field. */
const PATHS = {
  up: 'M5 7.2 7.6 2.6a1.3 1.3 0 0 1 1.9 1.2v2.7h3.2a1.2 1.2 0 0 1 1.2 1.4l-.8 4.5a1.2 1.2 0 0 1-1.2 1H5zM5 7.2H2.6v6.2H5z',
  down: 'M11 8.8 8.4 13.4a1.3 1.3 0 0 1-1.9-1.2V9.5H3.3a1.2 1.2 0 0 1-1.2-1.4l.8-4.5a1.2 1.2 0 0 1 1.2-1H11zM11 8.8h2.4V2.6H11z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.6-1.4L14 14',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'M3 8.5l3.2 3.2L13 5',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  tool: 'M9.8 2.6a3.6 3.6 0 0 0-3.3 4.9l-4 4 2 2 4-4a3.6 3.6 0 0 0 4.7-4.4L11 7.2 8.8 5z',
  thought: 'M8 2.5a4.2 4.2 0 0 0-2.4 7.7v1.6h4.8v-1.6A4.2 4.2 0 0 0 8 2.5zM6.4 14h3.2',
  arrowUp: 'M8 13V3.5M4 7.2 8 3.2l4 4',
  arrowDown: 'M8 3v9.5M4 8.8l4 4 4-4',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8',
  file: 'M4 2h5.2L12.5 5.3V14H4zM9 2v3.5h3.5',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  key: 'M10 9.5a3.2 3.2 0 1 0-3-2l-4.8 4.8V14H5v-1.6h1.6v-1.6l1.6-1.6A3 3 0 0 0 10 9.5zM10.8 5.6h.01',
  panel: 'M2.5 3h11v10h-11zM10 3v10',
  warning: 'M8 2.3 14.4 13.4H1.6zM8 6.4v3.4M8 11.6h.01',
  shield: 'M8 1.8 13 3.6v4.2c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4V3.6z',
  plus: 'M8 3v10M3 8h10',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words; alone it needs a label of its own. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
