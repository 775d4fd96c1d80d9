"""What Streamlit runs; no folder named pages may lie beside it, or each file there is a page."""
