"""The viewer against a Streamlit page, as browsers and as light clients see them."""
