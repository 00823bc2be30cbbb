"""A dataset: what it is, a choice of series as chart and table, and how to get it."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from hub.store.home import Hub
from registry.context import current_hub
from registry.pages.facets import active, facets, years
from registry.pages.names import Names, description, format_name, providers
from registry.pages.picture import picture
from registry.pages.quality import quality_of
from registry.pages.releases import ReleasedData, released
from registry.pages.schema_org import described_for_search
from registry.pages.selection import Selection, downloads, page_path, query_v1, query_v2
from registry.pages.site import blueprint, query_string, say
from registry.pages.table import build_table
from registry.pages.view import View

__all__ = ["dataset"]


@blueprint.get("/data/<agency>/<ident>")
def latest(agency: str, ident: str) -> Response:
    """The latest version of a dataset."""
    schema = current_hub().structures.dataflow(agency, ident, None)
    return redirect(page_path(schema.dataflow) + query_string(request.args.to_dict(flat=False)))


@blueprint.get("/data/<agency>/<ident>/<version>")
def dataset(agency: str, ident: str, version: str) -> str | Response:
    """A dataset with the choice that the URL makes."""
    hub = current_hub()
    schema = hub.structures.dataflow(agency, ident, version)
    if schema.dataflow.version != version:
        return latest(agency, ident)
    data = released(hub, schema)
    selection = Selection.read(request.args, schema)
    names = Names(hub.structures, schema, say().language)
    view = View(data.index(selection.start, selection.end), data.holdings, selection, names, say())
    return _page(hub, data, view)


def _page(hub: Hub, data: ReleasedData, view: View) -> str:
    schema, selection, t = data.schema, view.selection, view.words
    flow = hub.structures.get("dataflow", schema.dataflow)
    whole = data.index()
    root = request.host_url.rstrip("/")
    found = int(view.mask.sum())
    observations = int(view.index.counts[view.mask].sum())
    last = whole.end - timedelta(microseconds=1) if whole.end else None
    return render_template(
        "pages/dataset.html",
        schema=schema,
        name=view.names.dataflow,
        about=description(flow, t.language),
        providers=providers(hub.structures, schema.dataflow, t.language),
        pointer=data.pointer,
        path=page_path(schema.dataflow),
        selection=selection,
        facets=facets(view),
        active=active(view),
        years=years(whole.start.year if whole.start else None, last.year if last else None),
        structure=hub.structures.name(
            hub.structures.get("datastructure", schema.structure), t.language
        ),
        counts=t(
            "data.all_counts" if observations == whole.observations else "data.counts",
            series=t.count("count.series", found),
            observations=t.count("count.observations", observations),
            all_series=t.number(whole.series),
            all_observations=t.number(whole.observations),
        ),
        found=found,
        picture=picture(view) if found else None,
        table=build_table(view) if found else None,
        component=view.names.component,
        query_v1=root + query_v1(selection, schema),
        query_v2=root + query_v2(selection, schema),
        downloads=[(format_name(d.format.name, t), d.path) for d in downloads(selection, schema)]
        if found
        else [],
        quality=quality_of(hub, hub.structures, schema.dataflow, t.language),
        described=described_for_search(hub, schema.dataflow, t.language),
    )
