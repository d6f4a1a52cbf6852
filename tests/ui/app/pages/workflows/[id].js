import { WfoProcessDetailPage } from "@orchestrator-ui/orchestrator-ui-components";
import { useRouter } from "next/router";

export default function Page() {
  const { id } = useRouter().query;
  return id && <WfoProcessDetailPage processId={id} />;
}
