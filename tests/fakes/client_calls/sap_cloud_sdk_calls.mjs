// Calls every public method of the request builders of @sap-cloud-sdk/odata-v2 against the fake, unmodified and without a
// generated VDM: the few classes that it would generate are written here. Arguments are the package's folder and what is
// given, as JSON. Prints {"Class.method": "passes" | "fails: ..."}; the methods are read from the client.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [folder, text] = process.argv.slice(2);
const given = JSON.parse(text);
const sdk = createRequire(import.meta.url)(folder);
// Its warnings would go to the output.
createRequire(`${folder}/package.json`)("@sap-cloud-sdk/util").setGlobalLogLevel("error");
const destination = {
  url: given.url, authentication: "BasicAuthentication", username: given.user, password: given.password,
};
const SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV";
// Declared private, protected or internal by the client's types.
const HIDDEN = new Set([
  "constructor", "executeRequest", "executeRequestRaw", "getPayload", "isEmptyObject", "addRequiredFields",
  "getKeyFieldNames", "toSet", "serializedDiff", "removeKeyFields", "removeIgnoredFields", "getEntityToApiMap",
  "setPayload", "getOperationDeserializers",
]);

class Item extends sdk.Entity {}
Object.assign(Item, { _entityName: "A_SalesOrderItem", _defaultBasePath: SERVICE, _keys: ["SalesOrder", "SalesOrderItem"] });
class Order extends sdk.Entity {}
Object.assign(Order, { _entityName: "A_SalesOrder", _defaultBasePath: SERVICE, _keys: ["SalesOrder"] });

/** The name of a constant, as the VDM has it: SALES_ORDER. */
const constant = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

/** What the VDM generates for an entity set: its fields, and the requests for it. */
class Api {
  constructor(entityConstructor, fields, links = {}) {
    this.deSerializers = sdk.defaultDeSerializers;
    this.entityConstructor = entityConstructor;
    this.links = links;
    const builder = new sdk.FieldBuilder(entityConstructor, this.deSerializers);
    this.schema = { ALL_FIELDS: new sdk.AllFields("*", entityConstructor) };
    for (const [name, type] of Object.entries(fields)) {
      this.schema[constant(name)] = builder.buildEdmTypeField(name, type, true);
    }
    for (const [name, linked] of Object.entries(links)) {
      this.schema[constant(name)] = new sdk.Link(name, this, linked);
    }
  }
  entityBuilder() { return sdk.entityBuilder(this); }
  customField(name) { return new sdk.CustomField(name, this.entityConstructor, this.deSerializers, true); }
}
const items = new Api(Item, {
  SalesOrder: "Edm.String", SalesOrderItem: "Edm.String", Material: "Edm.String", RequestedQuantity: "Edm.Decimal",
  NetAmount: "Edm.Decimal",
});
const orders = new Api(Order, {
  SalesOrder: "Edm.String", SalesOrderType: "Edm.String", SalesOrganization: "Edm.String",
  DistributionChannel: "Edm.String", OrganizationDivision: "Edm.String", SoldToParty: "Edm.String",
  PurchaseOrderByCustomer: "Edm.String", AssignmentReference: "Edm.String", TotalNetAmount: "Edm.Decimal",
  SalesOrderDate: "Edm.DateTime",
}, { to_Item: items });
const { schema } = orders;

const all = () => new sdk.GetAllRequestBuilder(orders);
const byKey = (number) => new sdk.GetByKeyRequestBuilder(orders, { SalesOrder: number });
const operation = () => new sdk.OperationRequestBuilder(
  "POST", "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV", "Cancel", (data) => data.d,
  { billingDocument: new sdk.OperationParameter("BillingDocument", "Edm.String", given.invoices.shift()) }, sdk.defaultDeSerializers,
);

let count = 0;
function entity() {
  const built = orders.entityBuilder().fromJson({
    ...given.area, salesOrderType: "OR", soldToParty: given.customer, purchaseOrderByCustomer: `sdk-${(count += 1)}`,
  });
  built.toItem = [items.entityBuilder().fromJson({ material: "SKU-1", requestedQuantity: "2" })];
  return built;
}
const create = () => new sdk.CreateRequestBuilder(orders, entity());
const created = () => create().execute(destination);
async function changed() {
  const order = await byKey((await created()).salesOrder).execute(destination);
  order.assignmentReference = "changed";
  return new sdk.UpdateRequestBuilder(orders, order);
}
async function updated(builder) {
  const order = await builder.execute(destination);
  assert.equal((await byKey(order.salesOrder).execute(destination)).assignmentReference, "changed");
}
async function deleted(builder, number) {
  await builder.execute(destination);
  await assert.rejects(byKey(number).execute(destination), (problem) => problem.rootCause.response.status === 404);
}
const removal = async () => {
  const order = await created();
  return [new sdk.DeleteRequestBuilder(orders, order), order.salesOrder];
};
const batch = (...requests) => new sdk.ODataBatchRequestBuilder(SERVICE, requests, undefined, sdk.defaultDeSerializers);

/** A fresh builder of each class, and what shows that its request was answered rightly. */
const BUILDERS = {
  GetAllRequestBuilder: [all, async (builder) => assert.ok((await builder.execute(destination)).length > 0)],
  GetByKeyRequestBuilder: [
    () => byKey(given.order),
    async (builder) => assert.equal((await builder.execute(destination)).salesOrder, given.order),
  ],
  CountRequestBuilder: [() => all().count(), async (builder) => assert.ok((await builder.execute(destination)) > 0)],
  CreateRequestBuilder: [
    create, async (builder) => assert.equal((await builder.execute(destination)).totalNetAmount.toString(), "10"),
  ],
  UpdateRequestBuilder: [changed, updated],
  DeleteRequestBuilder: [async () => (await removal())[0], (builder) => builder.execute(destination)],
  OperationRequestBuilder: [
    operation, async (builder) => {
      const { value } = builder.requestConfig.parameters.billingDocument;
      assert.equal((await builder.execute(destination)).CancelledBillingDocument, value);
    },
  ],
  ODataBatchRequestBuilder: [
    () => batch(all()),
    async (builder) => assert.ok((await builder.execute(destination))[0].as(orders).length > 0),
  ],
};

/** What all builders have: how a request is changed before it is sent. */
const SHARED = {
  execute: (make, right) => right(make),
  executeRaw: async (builder) => {
    const reply = await builder.executeRaw(destination);
    assert.ok(reply.status >= 200 && reply.status < 300);
  },
  url: async (builder) => assert.ok((await builder.url(destination)).startsWith(`${given.url}/sap/opu/odata/sap/API_`)),
  relativeUrl: (builder) => builder.relativeUrl(),
  addCustomHeaders: (builder, right) => right(builder.addCustomHeaders({ "sap-language": "EN" })),
  middleware: (builder, right) => right(builder.middleware([(options) => (argument) => options.fn(argument)])),
  addCustomQueryParameters: (builder, right) => right(builder.addCustomQueryParameters({ "sap-client": "100" })),
  setBasePath: (builder, right) => right(builder.setBasePath(builder.requestConfig.basePath)),
  addCustomRequestConfiguration: (builder, right) => right(builder.addCustomRequestConfiguration({ timeout: 30000 })),
  appendPath: async (builder) => {
    builder.appendPath("/nosuch");
    await assert.rejects(builder.execute(destination));
  },
  skipCsrfTokenFetching: async (builder, right) => {
    builder.skipCsrfTokenFetching();
    if (["GET", "get"].includes(builder.requestConfig.method)) return right(builder);
    return assert.rejects(builder.execute(destination), (problem) => /403/.test(chain(problem)));
  },
  build: async (builder) => assert.ok(await builder.build(destination)),
  getBatchReference: (builder) => assert.ok(builder.getBatchReference()),
  setBatchId: (builder, right) => right((builder.setBatchId("one"), builder)),
};
const OWN = {
  GetAllRequestBuilder: {
    filter: async () => {
      const found = await all().filter(schema.PURCHASE_ORDER_BY_CUSTOMER.equals(given.deal)).execute(destination);
      assert.deepEqual(found.map((each) => each.salesOrder), [given.order]);
    },
    select: async () => {
      const [found] = await all().select(schema.SALES_ORDER, schema.TO_ITEM).top(1).execute(destination);
      assert.equal(found.toItem[0].material, "SKU-1");
    },
    orderBy: async () => {
      const found = await all().orderBy(sdk.desc(schema.SALES_ORDER)).execute(destination);
      assert.deepEqual(found.map((each) => each.salesOrder), found.map((each) => each.salesOrder).sort().reverse());
    },
    top: async () => assert.equal((await all().top(1).execute(destination)).length, 1),
    skip: async () => assert.deepEqual(await all().skip(1000).execute(destination), []),
    count: async () => assert.ok((await all().count().execute(destination)) > 0),
  },
  GetByKeyRequestBuilder: {
    select: async () => {
      const found = await byKey(given.order).select(schema.PURCHASE_ORDER_BY_CUSTOMER).execute(destination);
      assert.equal(found.purchaseOrderByCustomer, given.deal);
    },
  },
  CreateRequestBuilder: {
    entity: () => assert.ok(create().entity),
    asChildOf: async () => {
      const item = items.entityBuilder().fromJson({ material: "SKU-1", requestedQuantity: "1" });
      const child = new sdk.CreateRequestBuilder(items, item).asChildOf(await created(), schema.TO_ITEM);
      assert.equal((await child.execute(destination)).salesOrderItem, "20");
    },
  },
  UpdateRequestBuilder: {
    entity: async () => assert.ok((await changed()).entity),
    replaceWholeEntityWithPut: async () => updated((await changed()).replaceWholeEntityWithPut()),
    setRequiredFields: async () => updated((await changed()).setRequiredFields(schema.PURCHASE_ORDER_BY_CUSTOMER)),
    setIgnoredFields: async () => updated((await changed()).setIgnoredFields(schema.PURCHASE_ORDER_BY_CUSTOMER)),
    ignoreVersionIdentifier: async () => updated((await changed()).ignoreVersionIdentifier()),
    setVersionIdentifier: async () => {
      const stale = (await changed()).setVersionIdentifier("W/\"datetimeoffset'2000-01-01T00%3A00%3A00.0000000Z'\"");
      await assert.rejects(stale.execute(destination), (problem) => /412/.test(chain(problem)));
    },
    appendPath: async () => assert.rejects((await changed()).appendPath("/nosuch").execute(destination)),
  },
  DeleteRequestBuilder: {
    setVersionIdentifier: async () => {
      const [builder] = await removal();
      builder.setVersionIdentifier("W/\"datetimeoffset'2000-01-01T00%3A00%3A00.0000000Z'\"");
      await assert.rejects(builder.execute(destination), (problem) => /412/.test(chain(problem)));
    },
    ignoreVersionIdentifier: async () => {
      const [builder, number] = await removal();
      await deleted(builder.ignoreVersionIdentifier(), number);
    },
    execute: async () => deleted(...(await removal())),
  },
  ODataBatchRequestBuilder: {
    execute: async () => {
      const set = new sdk.BatchChangeSet([create(), create()]);
      const [written, read] = await batch(set, all()).execute(destination);
      assert.equal(written.responses?.length, 2);
      assert.ok(read.isSuccess());
      const bad = entity();
      bad.soldToParty = "4711";
      const [refused] = await batch(
        new sdk.BatchChangeSet([create(), new sdk.CreateRequestBuilder(orders, bad)]),
      ).execute(destination);
      assert.equal(refused.isSuccess(), false);
    },
    withSubRequestPathType: async (builder, right) => right(builder.withSubRequestPathType("relativeToService")),
  },
};

/** The messages of a problem and of its causes. */
function chain(problem) {
  return problem ? `${problem.message} ${chain(problem.cause)}` : "";
}

function methods(of) {
  const found = new Set();
  for (let each = of.prototype; each && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    Object.getOwnPropertyNames(each).forEach((name) => HIDDEN.has(name) || name.startsWith("_") || found.add(name));
  }
  return [...found].sort();
}

const outcomes = {};
for (const [name, [make, right]] of Object.entries(BUILDERS)) {
  for (const method of methods(sdk[name])) {
    const call = OWN[name]?.[method] ?? SHARED[method];
    try {
      if (!call) throw new Error("no call of it here");
      await call(await make(), right);
      outcomes[`${name}.${method}`] = "passes";
    } catch (problem) {
      outcomes[`${name}.${method}`] = `fails: ${chain(problem).slice(0, 300)}`;
    }
  }
}

console.log(JSON.stringify(outcomes));
