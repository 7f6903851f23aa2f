import { renderHook, waitFor } from "@testing-library/react";
import { rememberRepair, useReturn } from "../src/connecting/useReturn.ts";

const ITEM = { item_id: "item-1", institution: "First Platypus Bank" } as never;

afterEach(() => {
  sessionStorage.clear();
  history.replaceState(null, "", "/");
});

/** Return from a provider's page, and read what the user did there. */
async function comeBack(query: string) {
  history.replaceState(null, "", `/?connected${query}`);
  const { result, unmount } = renderHook(() => useReturn({ complete: async () => ITEM }));
  await waitFor(() => expect(result.current.returned).not.toBeNull());
  const { returned } = result.current;
  unmount();
  return returned;
}

describe.each([
  ["SnapTrade", "&status=SUCCESS&connection_id=item-1", "snaptrade"],
  ["Plaid", "", "plaid"],
])("back from %s", (_name, query, provider) => {
  test("a connection that was to be repaired is a repaired one", async () => {
    rememberRepair("item-1");
    expect(await comeBack(query)).toEqual({ provider, sourceId: "item-1", isRepaired: true });
  });

  test("a connection is a new one, also after another was to be repaired", async () => {
    expect(await comeBack(query)).toEqual({ provider, sourceId: "item-1", isRepaired: false });
    rememberRepair("item-2");
    rememberRepair(undefined);
    expect(await comeBack(query)).toEqual({ provider, sourceId: "item-1", isRepaired: false });
  });

  test("a repair that another tab has begun is not this tab's", async () => {
    rememberRepair("item-1");
    sessionStorage.clear(); // another tab shares only localStorage and cookies
    expect(await comeBack(query)).toEqual({ provider, sourceId: "item-1", isRepaired: false });
  });
});
