// What an instance costs, by the sizes that the API lists.
import { call } from "../api.js";
import { useEffect, useState } from "../html.js";

const GB = 1024 ** 3;

let asked;

/** The sizes of tasks with their prices, read once. */
const read = () => (asked ??= call("GET", "/instances/sizes"));

/**
 * @returns {null | ((maxMemory: number, persistence: boolean) => { costMonthly: number, vcpu: number, memoryGb: number } | null)}
 * null until the prices are known; the function's null is for what is larger than any size
 */
export function usePrices() {
  const [known, setKnown] = useState(null);
  useEffect(() => {
    let there = true;
    read().then(
      (found) => there && setKnown(found),
      () => (asked = undefined),
    );
    return () => (there = false);
  }, []);
  return known && ((maxMemory, persistence) => priceOf(known, maxMemory, persistence));
}

function priceOf(known, maxMemory, persistence) {
  const size = known.sizes.find((one) => maxMemory <= (persistence ? one.largestMemoryWithPersistence : one.largestMemory));
  if (!size) return null;
  const volume = persistence ? (known.persistenceCostMonthlyPerGb * maxMemory) / GB : 0;
  return { vcpu: size.vcpu, memoryGb: size.memoryGb, costMonthly: size.costMonthly + volume };
}
