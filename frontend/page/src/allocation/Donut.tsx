import { type Slice, shareLabel } from "./allocation.ts";

const GAP = 0.6;

/** A ring of the slices; the circle's circumference is 100. */
export function Donut({ slices, label, centre }: { slices: readonly Slice[]; label: string; centre: string }) {
  let from = 0;
  const spoken = slices.map((slice) => `${slice.label} ${shareLabel(slice.share)}`).join(", ");
  return (
    <svg className="donut" viewBox="0 0 42 42" role="img" aria-label={`${label}: ${spoken}`}>
      {slices.map((slice, index) => {
        const length = slice.share * 100;
        const drawn = slices.length > 1 ? Math.max(length - GAP, 0.25) : 100;
        const offset = 25 - from;
        from += length;
        return (
          <circle
            key={slice.label}
            className={`series-${index}`}
            cx="21"
            cy="21"
            r="15.9155"
            strokeDasharray={`${drawn} ${100 - drawn}`}
            strokeDashoffset={offset}
          />
        );
      })}
      <text x="21" y="22.8">
        {centre}
      </text>
    </svg>
  );
}
