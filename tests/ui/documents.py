"""The GraphQL operations of the UI, by name: what its component library (7.5 to 9.0) sends."""

LIST_VARIABLES = "$first: Int!, $after: Int!, $sortBy: [GraphqlSort!], $filterBy: [GraphqlFilter!], $query: String"
LIST_ARGUMENTS = "first: $first, after: $after, sortBy: $sortBy, filterBy: $filterBy, query: $query"

VERSIONS = "query Versions { version { applicationVersions } }"

START_OPTIONS_CREATE = """
query StartOptions($target: String!) {
  workflows(first: 1000000, after: 0, filterBy: {field: "target", value: $target}) {
    page { name isAllowed products { productType productId name tag status } }
  }
}"""

START_OPTIONS_TASKS = """
query StartOptions {
  workflows(first: 1000000, after: 0, filterBy: {field: "isTask", value: "true"}) {
    page { name isAllowed description }
  }
}"""

PROCESS_LIST_SUMMARY = f"""
query ProcessListSummary({LIST_VARIABLES}) {{
  processes({LIST_ARGUMENTS}) {{
    page {{ processId workflowName startedAt }}
    pageInfo {{ totalItems startCursor endCursor }}
  }}
}}"""

PROCESS_LIST = f"""
query ProcessList({LIST_VARIABLES}) {{
  processes({LIST_ARGUMENTS}) {{
    page {{
      workflowName lastStep lastStatus workflowTarget product {{ name tag }} customer {{ fullname shortcode }}
      createdBy assignee processId startedAt lastModifiedAt isTask
      subscriptions {{ page {{ subscriptionId description }} }} note
    }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor totalItems endCursor sortFields filterFields }}
  }}
}}"""

PROCESS_DETAIL = """
query ProcessDetail($processId: String!) {
  processes(filterBy: {field: "processId", value: $processId}) {
    page {
      processId lastStatus createdBy startedAt lastModifiedAt lastStep workflowName isTask form traceback note
      userPermissions { retryAllowed resumeAllowed }
      steps { name status stepId stateDelta started completed }
      customer { fullname }
      subscriptions { page { product { name } description subscriptionId } }
    }
  }
}"""

PROCESS_STEPS = """
query ProcessSteps($processName: String!) {
  workflows(filterBy: {field: "name", value: $processName}) { page { steps { name assignee } } }
}"""

WORKFLOW_DESCRIPTION = """
query MetadataWorkflowsDescription($workflowName: String!) {
  workflows(filterBy: [{field: "name", value: $workflowName}]) { page { name description } }
}"""

SUBSCRIPTIONS_LIST = f"""
query SubscriptionsList({LIST_VARIABLES}) {{
  subscriptions({LIST_ARGUMENTS}) {{
    page {{ startDate description subscriptionId }}
    pageInfo {{ totalItems startCursor endCursor }}
  }}
}}"""

METADATA_PRODUCTS = """
query MetadataProducts($first: Int!, $after: Int!, $sortBy: [GraphqlSort!], $filterBy: [GraphqlFilter!]) {
  products(first: $first, after: $after, sortBy: $sortBy) {
    page { name subscriptions(filterBy: $filterBy) { pageInfo { totalItems } } }
    pageInfo { totalItems startCursor endCursor }
  }
}"""

SUBSCRIPTION_DETAIL = """
query SubscriptionDetail($subscriptionId: String!) {
  subscriptions(filterBy: {field: "subscriptionId", value: $subscriptionId}) { page { ...Detail } }
}
fragment Detail on SubscriptionInterface {
  subscriptionId description fixedInputs insync note
  product { createdAt name status endDate description tag productType productId }
  endDate startDate status customerId metadata
  customer { fullname customerId shortcode }
  customerDescriptions { id subscriptionId description customerId }
  productBlockInstances {
    id subscription { subscriptionId description } parent productBlockInstanceValues subscriptionInstanceId
    inUseByRelations
  }
  processes(first: 1000000, after: 0, sortBy: {field: "startedAt", order: ASC}) {
    page { processId lastStatus startedAt createdBy workflowTarget workflowName isTask note }
  }
}"""
