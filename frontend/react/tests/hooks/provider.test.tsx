import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, waitFor } from "@testing-library/react";
import { createClient, TidingsProvider } from "@tidings/react";

test("the provider loads the later calls after the first render, without a call", async () => {
  const load = vi.fn(() => ({ createLaterCalls: () => ({}) }));
  vi.doMock("../../src/client/laterCalls.ts", load);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TidingsProvider client={createClient({ baseUrl: "" })} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(load).toHaveBeenCalledOnce());
  vi.doUnmock("../../src/client/laterCalls.ts");
});
