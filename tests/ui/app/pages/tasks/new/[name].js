import { WfoStartProcessPage } from "@orchestrator-ui/orchestrator-ui-components";
import { useRouter } from "next/router";

export default function Page() {
  const { name } = useRouter().query;
  return name && <WfoStartProcessPage processName={name} isTask />;
}
