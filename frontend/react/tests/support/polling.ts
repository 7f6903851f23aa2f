import { act } from "@testing-library/react";

export const MINUTE = 60_000;
export const PENDING = "/pending-updates";

export async function setVisibility(state: DocumentVisibilityState) {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  await act(async () => void document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
}
