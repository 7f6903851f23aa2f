import { type Slice, shareLabel } from "./allocation.ts";

const GAP = 0.6;

/** Draw the slices as a ring. The radius gives a circumference of 100, so lengths are percentages. */
export function Donut({ slices, label, centre }: { slices: readonly Slice[]; label: string; centre: string }) {
  let start = 0;
  const description = slices.map((slice) => `${slice.label} ${shareLabel(slice.share)}`).join(", ");
  return (
    <svg className="donut" viewBox="0 0 42 42" role="img" aria-label={`${label}: ${description}`}>
      {slices.map((slice, index) => {
        const length = slice.share * 100;
        const drawn = slices.length > 1 ? Math.max(length - GAP, 0.25) : 100;
        const offset = 25 - start;
        start += length;
        return (
          <circle
            key={slice.id}
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
