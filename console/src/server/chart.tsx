import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

interface ChartProps {
  title: string;
  /** The newest value, in words. */
  now: string;
  /** In seconds since 1970, rising. */
  times: readonly number[];
  /** Null: there was no answer. */
  values: readonly (number | null)[];
}

const HEIGHT = 76;
/** What is drawn, up to now. */
const SECONDS = 300;

/** One number over the last minutes. */
export function Chart({ title, now, times, values }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  useEffect(() => {
    const { current } = place;
    if (!current) return;
    // Asked at each drawing: the system's colours may change meanwhile.
    const color = () => getComputedStyle(current).getPropertyValue('--accent').trim();
    const made = new UPlot(
      {
        width: current.clientWidth,
        height: HEIGHT,
        padding: [4, 0, 8, 0],
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { range: (_plot, _first, last) => [last - SECONDS, last] },
          y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.15)] },
        },
        series: [{}, { stroke: color, width: 1.5, fill: () => `${color()}22`, points: { show: false } }],
      },
      [[], []],
      current,
    );
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: HEIGHT }));
    sized.observe(current);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData([[...times], [...values]]), [times, values]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span> <strong>{now}</strong>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
